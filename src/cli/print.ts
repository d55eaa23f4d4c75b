import type { Failure } from './control.ts'
import { type Exit, exit } from './exit.ts'
import type { Terminal } from './terminal.ts'

export type Style = { readonly json?: boolean | undefined; readonly quiet?: boolean | undefined }

/** Text of others (names, descriptions, errors) must not steer the terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are what it removes
export const plain = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ')

export function printJson(terminal: Pick<Terminal, 'out'>, value: unknown): Exit {
  terminal.out(`${JSON.stringify(value, null, 2)}\n`)
  return exit.done
}

export function printFailure(terminal: Terminal, { problem, exit: code }: Failure, style: Style): Exit {
  if (style.json) {
    terminal.err(`${JSON.stringify(problem, null, 2)}\n`)
    return code
  }
  const lines = [`ostiary: ${plain(problem.detail || problem.title)} (${plain(problem.code)})`]
  for (const { pointer, detail } of problem.errors ?? []) lines.push(`  ${plain(pointer)}: ${plain(detail)}`)
  if (problem.requestId !== undefined) lines.push(`  request ${plain(problem.requestId)}`)
  terminal.err(`${lines.join('\n')}\n`)
  return code
}

/** Columns by two spaces, headed in capitals, as people and `awk` read it. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const clean = [head, ...rows.map((row) => row.map((cell) => plain(cell) || '-'))]
  const widths = head.map((_, column) => Math.max(...clean.map((row) => (row[column] ?? '').length)))
  const line = (row: readonly string[]) =>
    row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  ')
  return `${clean.map(line).join('\n')}\n`
}

export type Fact = readonly [string, string]

/** Name and value, one a line. */
export const facts = (pairs: readonly Fact[]): string => {
  const width = Math.max(...pairs.map(([name]) => name.length))
  return pairs.map(([name, value]) => `${name.padEnd(width)}  ${plain(value) || '-'}\n`).join('')
}
