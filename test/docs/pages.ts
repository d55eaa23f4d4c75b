import { configDocs } from '../../src/cli/config-docs.ts'
import { cliPage } from './cli.ts'
import { clientsPage } from './clients.ts'
import { errorsPage } from './errors.ts'
import { restPage } from './rest.ts'
import { rolesPage } from './roles.ts'
import { screensPage } from './screens.ts'

export type Page = { readonly file: string; readonly text: string }

/** Pages that are what the program says about itself. */
export const pages = (): readonly Page[] => [
  { file: 'docs/cli.md', text: cliPage() },
  { file: 'docs/clients.md', text: clientsPage() },
  { file: 'docs/configuration.md', text: configDocs() },
  { file: 'docs/errors.md', text: errorsPage() },
  { file: 'docs/rest.md', text: restPage() },
  { file: 'docs/roles.md', text: rolesPage() },
  { file: 'docs/screens/index.md', text: screensPage() },
]
