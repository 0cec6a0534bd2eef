// Before anything is painted: the theme that was chosen here earlier. A classic script, for modules come too late.
try {
  const theme = localStorage.getItem("marquee.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Without storage the system's theme stays.
}
