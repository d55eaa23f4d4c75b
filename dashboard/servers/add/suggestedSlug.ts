import { slugOf } from '../../ui/slugOf.ts'
import { commandLineOf, type ServerDraft } from '../draft.ts'

/** What most names of MCP servers have in common, and so names none. */
const common = /^(?:(?:mcp|server|servers|remote|api|www)-?)+|(?:-?(?:mcp|server))+$/g

/** A slug for a server of which only the place is known yet; empty where that says nothing. */
export function suggestedSlug({
  type,
  url,
  command,
  args,
}: Pick<ServerDraft, 'type' | 'url' | 'command' | 'args'>): string {
  const text = type === 'stdio' ? programOf(command, args) : hostOf(url)
  return slugOf(text).replaceAll(common, '')
}

/** `npx -y @scope/server-git@1.2` is about `server-git`, `docker run -i mcp/github` about `github`. */
function programOf(command: string, args: string): string {
  const line = args === '' ? commandLineOf(command) : { command, args: args.split('\n') }
  const named = line?.args.filter((word) => /^[@\w./-]/.test(word) && !word.startsWith('-')) ?? []
  const program = line?.command === 'docker' ? named.at(-1) : named[0]
  const [last = ''] = (program ?? '').split('/').slice(-1)
  return last.replace(/(?!^)[@:].*$/, '').replace(/\.\w+$/, '')
}

/** `https://mcp.example.com/mcp` is about `example`; an address in numbers is about nothing. */
function hostOf(url: string): string {
  const host = URL.parse(url.trim())?.hostname ?? ''
  if (!/[a-z]/i.test(host) || !host.includes('.') || host.startsWith('[')) return ''
  const labels = host.split('.').slice(0, -1)
  return labels.findLast((label) => label.replaceAll(common, '') !== '') ?? ''
}
