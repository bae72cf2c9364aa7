/** Copies the text of a node. Without a secure context there is no clipboard: it is selected and copied as if by hand. */
export async function copyText(node: HTMLElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(node.textContent ?? '');
  } catch {
    getSelection()?.selectAllChildren(node);
    document.execCommand('copy');
  }
}
