/**
 * Whether the whole name is as the template says, where `*` stands for any text, also none, and everything else for
 * itself. Each piece between two stars is taken where it comes first, so nothing is tried twice: no name and no template
 * makes this slow, as a pattern of one's own could.
 */
export function fitsTemplate(name: string, template: string): boolean {
  const [head = '', ...rest] = template.normalize('NFC').split('*')
  const tail = rest.pop()
  if (tail === undefined) return name === head
  if (!name.startsWith(head) || !name.endsWith(tail) || name.length < head.length + tail.length) return false
  const end = name.length - tail.length
  let at = head.length
  for (const piece of rest) {
    const found = name.indexOf(piece, at)
    if (found === -1 || found + piece.length > end) return false
    at = found + piece.length
  }
  return true
}
