import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { elsewhere } from '../../dashboard/elsewhere.data.ts'
import { screens } from '../../dashboard/screens.data.ts'
import { texts } from '../../dashboard/shell/texts.data.ts'
import { root } from '../programs.ts'
import { code, table } from './markdown.ts'
import { allCalls } from './rest.ts'

/** Each folder of the dashboard says which calls of REST its screens make: `GET /keys` → the id of a screen. */
const found = globSync('dashboard/**/operations.data.ts', { cwd: root }).toSorted()
const read = await Promise.all(
  found.map(
    async (file): Promise<Readonly<Record<string, string>>> => (await import(path.join(root, file))).operations,
  ),
)
export const operations: Readonly<Record<string, string>> = Object.assign({}, ...read)
const other: Readonly<Record<string, { readonly page?: string; readonly because?: string }>> = elsewhere

const tests = globSync('test/dashboard/*.test.ts', { cwd: root }).toSorted()
const textOf = new Map(tests.map((file) => [file, readFileSync(path.join(root, file), 'utf8')]))
/** Those that go there by its address; every screen is opened by screens.test.ts besides. */
const testsOf = (address: string): string[] => {
  const fixed = address.replace(/\/\$.*$/, '')
  return tests
    .filter((file) => fixed !== '/' && textOf.get(file)?.includes(fixed))
    .map((file) => path.basename(file, '.test.ts'))
}

const plainTests: Readonly<Record<string, string>> = {
  '/setup': 'src/control/setup/page.test.ts',
  '/sign-in': 'test/sign-in-pages.test.ts',
  '/reset': 'test/sign-in-pages.test.ts',
  '/invitation': 'test/sign-in-pages.test.ts',
  '/claim': 'src/control/claim/page.test.ts',
}

const rowOf = (call: string): string[] => {
  const screen = screens.find(({ id }) => id === operations[call])
  if (screen)
    return [code(call), texts[screen.title], code(`/dashboard${screen.path}`), testsOf(screen.path).join(', ')]
  const { page, because } = other[call] ?? {}
  return page
    ? [code(call), 'before the sign-in', code(page), plainTests[page] ?? '']
    : [code(call), because ?? '', '', '']
}

/** docs/screens/index.md: where each call of REST is made by a person. */
export const screensPage = (): string => `# Screens

Which screen makes which call of REST, and which tests go there. Every screen is opened besides by \`screens.test.ts\`: in both themes, on a telephone, in a language with longer words, with axe; and by \`hostile.test.ts\`. All stand in \`test/dashboard/\`. Pictures of each beside this page (\`{id}-light-1360.png\`, \`{id}-dark-1360.png\`) are made by \`npm run screens\`.

${table(['call', 'screen', 'address', 'tests'], allCalls().map(rowOf))}
## Addresses

${table(
  ['screen', 'address', 'needs', 'pictures'],
  screens.map((screen) => [
    texts[screen.title],
    code(`/dashboard${screen.path}`),
    'right' in screen ? code(screen.right) : 'a session',
    `[light](${screen.id}-light-1360.png), [dark](${screen.id}-dark-1360.png)`,
  ]),
)}`

/** Calls for which there is neither a screen nor a written reason, and what is said of calls or screens that there are not. */
export function astray(): { missing: string[]; unknown: string[] } {
  const calls = new Set(allCalls())
  const ids = new Set<string>(screens.map(({ id }) => id))
  const said = [...Object.keys(operations), ...Object.keys(other)]
  return {
    missing: [...calls].filter((call) => !(call in operations) && !(call in other)),
    unknown: [
      ...said.filter((call) => !calls.has(call)),
      ...Object.entries(operations).flatMap(([call, id]) => (ids.has(id) ? [] : [`${call} → ${id}`])),
    ],
  }
}
