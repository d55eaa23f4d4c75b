import type { Command } from 'commander'
import { type AuditExportOptions, auditExport } from '../audit-export.ts'
import { type AuditListOptions, auditList } from '../audit-list.ts'
import { type AuditVerifyOptions, auditVerify } from '../audit-verify.ts'
import { type GatewayAuditOptions, gatewayAudit } from '../gateway-audit.ts'
import { collect, paged, type Site, styled } from './options.ts'

const filters = (command: Command): Command =>
  timed(
    command
      .option('--subject <id>', 'what was acted on')
      .option('--actor <id>', 'who acted: a member, or bootstrap')
      .option('--action <action>', 'what was done, like key.revoked')
      .option('--address <address>', 'from where'),
  )

const timed = (command: Command): Command =>
  command
    .option('--from <time>', 'not before this ISO time in UTC')
    .option('--to <time>', 'before this ISO time in UTC')

export function addAudit(program: Command, { terminal, finish }: Site): void {
  const audit = program.command('audit').description('Audit events.')
  filters(paged(audit.command('list')))
    .description('List audit events, newest first.')
    .action(async (options: AuditListOptions) => finish(await auditList(terminal, options)))
  filters(audit.command('export'))
    .description('Write all audit events, oldest first; without filters the export can be verified.')
    .option('--format <format>', 'ndjson (default) or csv')
    .option('--after <number>', 'begin behind this event')
    .option('--out <file>', 'a new file, readable by its owner alone (default: stdout)')
    .option('--json', 'print errors as JSON')
    .action(async (options: AuditExportOptions) => finish(await auditExport(terminal, options)))
  styled(audit.command('verify [file]'))
    .description(
      'Prove that nothing of the log was changed, dropped, reordered or cut off. Without a file: what control has.',
    )
    .option('--public-key <key>', 'the key that must have signed; may be given again', collect)
    .option('--checkpoint <file>', 'what was kept elsewhere: checkpoints, an earlier answer, a gateway’s log', collect)
    .action(async (file: string | undefined, options: AuditVerifyOptions) =>
      finish(await auditVerify(terminal, file, options)),
    )
  addGatewayAudit(program, { terminal, finish })
}

/** Beside the role of that name, which is set up where the program starts. */
function addGatewayAudit(program: Command, { terminal, finish }: Site): void {
  const role = program.commands.find((command) => command.name() === 'gateway') ?? program.command('gateway')
  timed(styled(role.command('audit')))
    .description('What the gateways on this machine have kept of the life of their keys, oldest first. Asks nobody.')
    .option('--key <id>', 'only this key')
    .option('--data-dir <directory>', 'data directory of the gateway (default: as OSTIARY_DATA_DIR says)')
    // What the role takes as well, commander hands to the role.
    .action(async (_options: unknown, command: Command) =>
      finish(await gatewayAudit(terminal, command.optsWithGlobals<GatewayAuditOptions>())),
    )
}
