import type { Command } from 'commander'
import { addAccess } from './commands/access.ts'
import { addAccessRequests } from './commands/access-requests.ts'
import { addApps } from './commands/apps.ts'
import { addAudit } from './commands/audit.ts'
import { addBudgets } from './commands/budgets.ts'
import { addCatalogs } from './commands/catalogs.ts'
import { addChildren } from './commands/children.ts'
import { addConfiguration } from './commands/configuration.ts'
import { addConnect } from './commands/connect.ts'
import { addFindings } from './commands/findings.ts'
import { addFleet } from './commands/fleet.ts'
import { addIdentityProviders } from './commands/identity-providers.ts'
import { addInvitations } from './commands/invitations.ts'
import { addKeys } from './commands/keys.ts'
import { addLimits } from './commands/limits.ts'
import { addNotifications } from './commands/notifications.ts'
import { type Site, styled } from './commands/options.ts'
import { addOrganizations, addPolicies, addTokens } from './commands/organizations.ts'
import { addPeople } from './commands/people.ts'
import { addProjects } from './commands/projects.ts'
import { addProviders } from './commands/providers.ts'
import { addRequests } from './commands/requests.ts'
import { addScan } from './commands/scan.ts'
import { addServers } from './commands/servers.ts'
import { addSessions } from './commands/sessions.ts'
import { addWebhooks } from './commands/webhooks.ts'
import { configDocs } from './config-docs.ts'
import { configPrint } from './config-print.ts'
import { describeProgram } from './help.ts'
import type { Style } from './print.ts'
import { settingFlags } from './setting-flags.ts'
import { setup } from './setup.ts'
import type { Terminal } from './terminal.ts'

/** In the order in which `--help` and the reference name them. */
const families = [
  addKeys,
  addChildren,
  addApps,
  addServers,
  addProviders,
  addCatalogs,
  addLimits,
  addBudgets,
  addProjects,
  addAccess,
  addAccessRequests,
  addFindings,
  addConfiguration,
  addConnect,
  addPeople,
  addInvitations,
  addOrganizations,
  addPolicies,
  addTokens,
  addSessions,
  addIdentityProviders,
  addWebhooks,
  addNotifications,
  addFleet,
  addRequests,
  addAudit,
  addScan,
]

/** Every command that speaks to control or prints something local. */
export function addCommands(
  program: Command,
  terminal: Terminal,
  version: string,
  finish: (code: number) => void,
): void {
  const site: Site = { terminal, finish }
  for (const add of families) add(program, site)
  addConfig(program, site)
  styled(program.command('setup <link>'))
    .description('Redeem the link of the first start; prints the management token (- reads the link from stdin).')
    .action(async (link: string, style: Style) => finish(await setup(terminal, link, style)))
  program
    .command('version')
    .description('Print the version.')
    .action(() => terminal.out(`${version}\n`))
  describeProgram(program)
}

function addConfig(program: Command, { terminal, finish }: Site): void {
  const config = program.command('config').description('Settings of this machine.')
  settingFlags(config.command('print'))
    .description('Show every setting with its origin; secrets are masked.')
    .option('--json', 'as JSON')
    .action((flags: Record<string, unknown>) => finish(configPrint(terminal, flags)))
  config
    .command('docs')
    .description('Print the reference of all settings (docs/configuration.md).')
    .action(() => terminal.out(configDocs()))
}
