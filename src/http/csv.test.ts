import fc from 'fast-check'
import { expect, test } from 'vitest'
import { csvLine } from './csv.ts'

test('cells are separated by commas, and what holds one is quoted', () => {
  expect(csvLine(['a', 'b c', '', 'd,e', 'f"g', 'h\ni'])).toBe('a,b c,,"d,e","f""g","h\ni"\r\n')
})

test('a cell that a spreadsheet would run as a formula begins with an apostrophe', () => {
  const attacks = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1', '=HYPERLINK("https://evil.test","x")']
  for (const text of attacks) expect(csvLine([text])).toMatch(/^"?'/)
  expect(csvLine(['a=1', '1-1', 'a@b.example'])).toBe('a=1,1-1,a@b.example\r\n')
})

test('what was written can be read again, cell by cell', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1 }), (cells) => {
      const inert = cells.map((cell) => (/^[=+\-@\t\r\n＝＋－＠]/.test(cell) ? `'${cell}` : cell))
      expect(read(csvLine(cells))).toEqual(inert)
    }),
  )
})

/** RFC 4180 §2, one record. */
function read(line: string): string[] {
  const cells: string[] = []
  let rest = line.slice(0, -2)
  for (;;) {
    const [cell = '', text = ''] = /^"((?:[^"]|"")*)"|^[^,]*/.exec(rest) ?? []
    cells.push(cell.startsWith('"') ? text.replaceAll('""', '"') : cell)
    if (cell.length === rest.length) return cells
    rest = rest.slice(cell.length + 1)
  }
}
