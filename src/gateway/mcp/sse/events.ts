import { createLines, type Line } from '../event-lines.ts'

/** An event as HTML, 9.2.6 dispatches it: `message` where no name was given. */
export type ServerEvent = { readonly name: string; readonly data: string }
export type Events = { readonly push: (chunk: Buffer) => 'fine' | 'too-long' }

const byteOrderMark = '\u{FEFF}'
/** What a piece costs besides its bytes: a server may send an event line by line, each of them empty. */
const lineCost = 64

/** Reads an event stream. A line or an event over the cap is reported: a server that never ends must not fill our memory. */
export function createEvents(capBytes: number, onEvent: (event: ServerEvent) => void): Events {
  const lines = createLines()
  let name = ''
  let data: string[] = []
  let held = 0
  let isFirst = true
  const dispatch = () => {
    const event = { name: name === '' ? 'message' : name, data: data.join('\n') }
    const isEvent = data.length > 0
    name = ''
    data = []
    held = 0
    if (isEvent) onEvent(event)
  }
  const take = ({ content, isFeedOnly }: Line) => {
    if (isFeedOnly) return
    const text = content.toString('utf8')
    const line = isFirst && text.startsWith(byteOrderMark) ? text.slice(1) : text
    isFirst = false
    if (line === '') return dispatch()
    const field = fieldOf(line)
    if (field.name === 'event') name = field.value
    if (field.name !== 'data') return
    data.push(field.value)
    held += content.length + lineCost
  }
  return {
    push: (chunk) => {
      for (const line of lines.push(chunk)) {
        take(line)
        if (held > capBytes) return 'too-long'
      }
      return held + lines.size() > capBytes ? 'too-long' : 'fine'
    },
  }
}

/** A comment is a field without a name, and nobody asks for it. */
function fieldOf(line: string): { readonly name: string; readonly value: string } {
  const colon = line.indexOf(':')
  if (colon === -1) return { name: line, value: '' }
  const value = line.slice(colon + 1)
  return { name: line.slice(0, colon), value: value.startsWith(' ') ? value.slice(1) : value }
}
