import { type Cell, type Row, rows } from './cells.data.ts'

const begin = '<!-- matrix: made of test/matrix/cells.data.ts by test/matrix/matrix.test.ts -->'
const end = '<!-- /matrix -->'

/** The section of docs/mcp.md that says what works where. */
export function matrixSection(): string {
  const notes: string[] = []
  const word = (cell: Cell): string => {
    if (cell === 'works') return 'yes'
    const note = `${cell.not} ([specification](${cell.specification}))`
    if (!notes.includes(note)) notes.push(note)
    return `no (${notes.indexOf(note) + 1})`
  }
  const lineOf = ({ feature, by, legacy, modern }: Row) =>
    `| ${[feature, by, word(legacy.single), word(legacy.aggregated), word(modern.single), word(modern.aggregated)].join(' | ')} |`
  const lines = rows.map(lineOf)
  return [
    begin,
    '| | how | up to 2025-11-25, one server | up to 2025-11-25, all servers | 2026-07-28, one server | 2026-07-28, all servers |',
    '|---|---|---|---|---|---|',
    ...lines,
    ...(notes.length > 0 ? ['', ...notes.map((note, at) => `${at + 1}. ${note}`)] : []),
    end,
  ].join('\n')
}

/** A page with the section as it is now. */
export function withSection(page: string): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  return from === -1 || to === -1 ? page : page.slice(0, from) + matrixSection() + page.slice(to + end.length)
}
