// Runs before the first paint: what the learner chose in the settings, so that no page flashes in the wrong light.
"use strict";
try {
  const { theme, motion } = JSON.parse(localStorage.getItem("shardlab.settings") || "{}");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  if (motion === "reduced" || motion === "full") document.documentElement.dataset.motion = motion;
} catch {
  // No storage, or nothing readable in it: the system's choice holds.
}
