/** Puts a file into the downloads of the browser. Its content stays in memory until then and nowhere else. */
export function saveFile(name: string, content: Blob): void {
  const url = URL.createObjectURL(content)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The browser has taken it by the next turn; what nobody revokes stays readable as long as the page.
  setTimeout(() => URL.revokeObjectURL(url), 1000)
}
