import { reportLimits } from '../../fleet/schema.ts'
import { createScanner } from './scan.ts'
import { membersOf } from './stdio/message.ts'

export type Tool = { readonly name: string; readonly description?: string }

/** A server whose cursor never ends must not keep us. */
const longestList = 50

/**
 * The tools that a server names, page by page. It may name as many as it likes, at any length, and repeat in them what
 * we sent: page for page only what a report holds is kept, without the secret.
 */
export async function listTools(
  ask: (cursor: string | undefined) => Promise<unknown>,
  secretForms: readonly Buffer[],
): Promise<Tool[]> {
  const tools: Tool[] = []
  let cursor: string | undefined
  for (let page = 0; page < longestList && tools.length < reportLimits.tools; page += 1) {
    const result = membersOf(await ask(cursor))
    const items: unknown = result['tools']
    const room = reportLimits.tools - tools.length
    if (Array.isArray(items)) tools.push(...items.slice(0, room).flatMap((item) => toolOf(item, secretForms)))
    const next = result['nextCursor']
    if (typeof next !== 'string' || next === cursor) break
    cursor = next
  }
  return tools
}

function toolOf(value: unknown, secretForms: readonly Buffer[]): Tool[] {
  const { name, description } = membersOf(value)
  if (typeof name !== 'string') return []
  const kept = (text: string) => beginningOf(text, reportLimits.textLength, secretForms)
  return [typeof description === 'string' ? { name: kept(name), description: kept(description) } : { name: kept(name) }]
}

/** Without the secret. The cut may go through one: then what stands before it goes as well. */
export function beginningOf(text: string, longest: number, secretForms: readonly Buffer[]): string {
  const scanner = createScanner(secretForms)
  const clean = scanner.push(Buffer.from(text.slice(0, longest)))
  const rest = text.length > longest ? Buffer.alloc(0) : scanner.end()
  return Buffer.concat([clean, rest]).toString('utf8').slice(0, longest)
}
