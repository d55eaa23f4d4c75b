import type { Choice, ToolChoices } from '../keys/schema.ts'
import { usage } from './control.ts'
import { byComma, type Given } from './values.ts'

/** Choices in the words of the command line. An empty list reads as "none", but is typed by accident. */

export const oneOfThree = (flag: string, things = 'slugs'): string =>
  `${flag} must be all, none, or a list of ${things} by comma (all|none|list).`

export function choice(flag: string, text: string | undefined, things?: string): Given<Choice | undefined> {
  if (text === undefined) return { ok: true, value: undefined }
  if (text === 'all' || text === 'none') return { ok: true, value: { mode: text } }
  const items = byComma(text)
  return items.length === 0 ? usage(oneOfThree(flag, things)) : { ok: true, value: { mode: 'only', items } }
}

type ServerOptions = { readonly servers?: string; readonly exceptServers?: string }

export function serverChoice({ servers, exceptServers }: ServerOptions): Given<Choice | undefined> {
  if (exceptServers === undefined) return choice('--servers', servers)
  if (servers !== undefined) return usage('--servers and --except-servers are both given; keep one.')
  const items = byComma(exceptServers)
  return items.length === 0
    ? usage('--except-servers must be a list of slugs by comma; --servers all excepts none.')
    : { ok: true, value: { mode: 'except', items } }
}

/** `github=search,read`, `github=all` or `github=none`, once for each server. */
export function toolChoices(texts: readonly string[] | undefined): Given<ToolChoices | undefined> {
  if (texts === undefined) return { ok: true, value: undefined }
  const choices = new Map<string, Choice>()
  for (const text of texts) {
    const [server = '', ...rest] = text.split('=')
    const tools = choice('--tools', rest.join('='))
    if (!tools.ok || tools.value === undefined || server.trim() === '')
      return usage(`--tools must be <server>=all, none or names of tools by comma, not "${text}".`)
    if (choices.has(server.trim())) return usage(`--tools names ${server.trim()} twice; put its tools into one list.`)
    choices.set(server.trim(), tools.value)
  }
  return { ok: true, value: Object.fromEntries(choices) }
}

export function toolsDefaultOf(text: string | undefined): Given<Choice | undefined> {
  if (text === undefined) return { ok: true, value: undefined }
  return text === 'all' || text === 'none'
    ? { ok: true, value: { mode: text } }
    : usage(`--tools-default must be all or none, not "${text}".`)
}
