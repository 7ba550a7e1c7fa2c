// Sets the colours before anything is drawn; "auto" follows the device. A classic script in the head: a module comes too late.
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => localStorage.getItem("ventanilla-theme") || "auto";
  const apply = () => {
    const theme = chosen() === "auto" ? (dark.matches ? "dark" : "light") : chosen();
    document.documentElement.setAttribute("data-bs-theme", theme);
  };
  apply();
  dark.addEventListener("change", apply);
  document.addEventListener("ventanilla:theme", () => {
    const next = document.documentElement.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
    localStorage.setItem("ventanilla-theme", next === (dark.matches ? "dark" : "light") ? "auto" : next);
    apply();
  });
  document.documentElement.classList.add("v-js");
})();
