// Copies what a button points at, and says so to eyes and ears.
for (const button of document.querySelectorAll('[data-copy]')) {
  const said = button.querySelector('span') ?? button;
  const label = [...said.childNodes];
  button.addEventListener('click', async () => {
    const source = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.textContent);
    } catch {
      // No clipboard on plain http: the text is selected for the keys.
      getSelection().selectAllChildren(source);
      source.focus();
      return;
    }
    said.textContent = button.dataset.copied;
    document.getElementById('copied').textContent = button.dataset.copied;
    setTimeout(() => said.replaceChildren(...label), 2000);
  });
}
