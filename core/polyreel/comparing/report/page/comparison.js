"use strict";
// Plays all videos in sync. Without this script each video has its own controls.
(() => {
  const videos = [...document.querySelectorAll(".videos video")];
  const [player, play, restart, seek, clock, sound] = ["player", "play", "restart", "seek", "clock", "sound"]
    .map((id) => document.getElementById(id));
  const maximumDrift = 0.12; // seconds that a video may be ahead or behind before it is corrected
  let isPlaying = false;

  const length = (video) => (Number.isFinite(video.duration) ? video.duration : 0);
  // The longest video leads, because it ends last.
  const leader = () => videos.reduce((first, video) => (length(video) > length(first) ? video : first));
  const showTime = () => {
    const now = leader().currentTime;
    seek.max = String(length(leader()) || 1);
    seek.value = String(now);
    clock.textContent = `${now.toFixed(1)} s`;
    play.textContent = isPlaying ? "Pause all" : "Play all";
  };
  const moveAll = (time) => videos.forEach((video) => {
    video.currentTime = Math.min(time, length(video));
  });
  const pauseAll = () => {
    isPlaying = false;
    videos.forEach((video) => video.pause());
    showTime();
  };
  // A shorter video that had ended must play again when all are moved back.
  const playAll = () => videos.forEach((video) => {
    if (video.paused && video.currentTime < length(video)) video.play().catch(() => {});
  });
  const start = () => {
    moveAll(leader().ended ? 0 : leader().currentTime);
    isPlaying = true;
    playAll();
    showTime();
  };
  const moveTo = (time) => {
    moveAll(time);
    if (isPlaying) playAll();
    showTime();
  };
  const synchronize = () => {
    if (isPlaying) {
      const now = leader().currentTime;
      videos.forEach((video) => {
        const wanted = Math.min(now, length(video));
        if (!video.ended && !video.seeking && Math.abs(video.currentTime - wanted) > maximumDrift) video.currentTime = wanted;
      });
      if (leader().ended) pauseAll();
    }
    showTime();
  };

  play.addEventListener("click", () => (isPlaying ? pauseAll() : start()));
  restart.addEventListener("click", () => moveTo(0));
  seek.addEventListener("input", () => moveTo(Number(seek.value)));
  sound.addEventListener("change", () => videos.forEach((video) => { video.muted = video.id !== sound.value; }));
  videos.forEach((video) => {
    video.muted = true;
    // A video that is paused by its own controls pauses the others.
    video.addEventListener("pause", () => { if (isPlaying && !video.ended) pauseAll(); });
    ["timeupdate", "ended", "loadedmetadata", "seeked"].forEach((name) => video.addEventListener(name, synchronize));
  });
  player.hidden = false;
  showTime();
})();
