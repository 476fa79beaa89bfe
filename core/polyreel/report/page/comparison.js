"use strict";
// Plays every film in step. Without it each film has its own controls.
(() => {
  const films = [...document.querySelectorAll(".films video")];
  const [player, play, restart, seek, clock, sound] = ["player", "play", "restart", "seek", "clock", "sound"]
    .map((id) => document.getElementById(id));
  const apart = 0.12; // seconds that a film may lead or lag before it is set right
  let together = false;

  const length = (film) => (Number.isFinite(film.duration) ? film.duration : 0);
  // The longest film leads: it is the last to end.
  const leader = () => films.reduce((first, film) => (length(film) > length(first) ? film : first));
  const tell = () => {
    const now = leader().currentTime;
    seek.max = String(length(leader()) || 1);
    seek.value = String(now);
    clock.textContent = `${now.toFixed(1)} s`;
    play.textContent = together ? "Pause all" : "Play all";
  };
  const moveAll = (time) => films.forEach((film) => {
    film.currentTime = Math.min(time, length(film));
  });
  const hold = () => {
    together = false;
    films.forEach((film) => film.pause());
    tell();
  };
  // A shorter film that had ended must start again when all are moved back.
  const playOn = () => films.forEach((film) => {
    if (film.paused && film.currentTime < length(film)) film.play().catch(() => {});
  });
  const go = () => {
    moveAll(leader().ended ? 0 : leader().currentTime);
    together = true;
    playOn();
    tell();
  };
  const moveTo = (time) => {
    moveAll(time);
    if (together) playOn();
    tell();
  };
  const keepStep = () => {
    if (together) {
      const now = leader().currentTime;
      films.forEach((film) => {
        const wanted = Math.min(now, length(film));
        if (!film.ended && !film.seeking && Math.abs(film.currentTime - wanted) > apart) film.currentTime = wanted;
      });
      if (leader().ended) hold();
    }
    tell();
  };

  play.addEventListener("click", () => (together ? hold() : go()));
  restart.addEventListener("click", () => moveTo(0));
  seek.addEventListener("input", () => moveTo(Number(seek.value)));
  sound.addEventListener("change", () => films.forEach((film) => { film.muted = film.id !== sound.value; }));
  films.forEach((film) => {
    film.muted = true;
    // Stopped by its own controls: the others stop with it.
    film.addEventListener("pause", () => { if (together && !film.ended) hold(); });
    ["timeupdate", "ended", "loadedmetadata", "seeked"].forEach((name) => film.addEventListener(name, keepStep));
  });
  player.hidden = false;
  tell();
})();
