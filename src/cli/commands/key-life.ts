import type { Command } from 'commander'
import { keys } from '../key-facts.ts'
import { keysClaim, keysOffer, keysWithdraw } from '../keys-claim.ts'
import { type CompromiseOptions, keysCompromise } from '../keys-compromise.ts'
import { type DuplicateOptions, keysDuplicate, keysReplace } from '../keys-copy.ts'
import { keysRotate, type RotateOptions } from '../keys-rotate.ts'
import { keysClients, keysRotation, rotationFinish, rotationUndo } from '../keys-rotation.ts'
import { keysState, type StateOptions } from '../keys-state.ts'
import type { Style } from '../print.ts'
import { removeOne } from '../remove-one.ts'
import type { VerbOptions } from '../verb-one.ts'
import { addRemove, type Site, styled, waiting } from './options.ts'

/** What happens to a key between its making and its end. */
export function addKeyLife(parent: Command, site: Site): void {
  addStates(parent, site)
  addCopies(parent, site)
  addRotation(parent, site)
  addClaims(parent, site)
}

function addStates(parent: Command, site: Site): void {
  const { terminal, finish } = site
  const states = [
    ['suspend', 'deactivate', 'Switch a key off; it can be switched on again.'],
    ['resume', 'activate', 'Switch a key on again.'],
    ['revoke', null, 'Revoke a key for good; says which gateways refuse it already.'],
  ] as const
  for (const [verb, alias, description] of states) {
    const command = waiting(styled(parent.command(`${verb} <id>`)).option('--reason <text>', 'for the audit log'))
    if (alias !== null) command.alias(alias)
    command
      .description(description)
      .action(async (id: string, options: StateOptions) => finish(await keysState(verb)(terminal, id, options)))
  }
  const remove = removeOne(keys, { ended: 'deleted', force: 'refused' })
  addRemove(parent, site, 'delete <id>', 'Revoke a key for good and take it out of the lists.', remove)
  waiting(styled(parent.command('compromise <id>')))
    .description(
      'End a key that others may hold: revoke it with its children, cut its streams, make a replacement, and show who called with it.',
    )
    .option('--dry-run', 'only show what would be cut, and the evidence')
    .option('--reason <text>', 'for the audit log')
    .action(async (id: string, options: CompromiseOptions) => finish(await keysCompromise(terminal, id, options)))
}

function addCopies(parent: Command, { terminal, finish }: Site): void {
  styled(parent.command('duplicate <id>'))
    .description('Create a key like another one; its secret is printed once.')
    .option('--name <name>', 'name of the new one')
    .action(async (id: string, options: DuplicateOptions) => finish(await keysDuplicate(terminal, id, options)))
  styled(parent.command('replace <id>'))
    .description('Create a key with all the settings of one that was revoked; its secret is printed once.')
    .action(async (id: string, style: Style) => finish(await keysReplace(terminal, id, style)))
}

function addRotation(parent: Command, { terminal, finish }: Site): void {
  waiting(styled(parent.command('rotate <id>')))
    .alias('renew')
    .description('Give a key a new secret, printed once; without a mode the old one is refused from then on.')
    .option('--mode <mode>', 'immediate, grace, or on-first-use of the new secret (default immediate)')
    .option('--grace <seconds>', 'how long the old secret stays: from now, or from the first use (default 86400)')
    .option('--silent <seconds>', 'end the old secret once nobody has called with it for so long (3600 at least)')
    .option('--deadline <seconds>', 'with on-first-use: when the old secret ends in any case (default 604800)')
    .action(async (id: string, options: RotateOptions) => finish(await keysRotate(terminal, id, options)))
  styled(parent.command('rotation <id>'))
    .description('Show who still calls with which secret of a key.')
    .action(async (id: string, style: Style) => finish(await keysRotation(terminal, id, style)))
  waiting(styled(parent.command('finish-rotation <id>')))
    .description('End the old secret of a key now.')
    .action(async (id: string, options: VerbOptions) => finish(await rotationFinish(terminal, id, options)))
  waiting(styled(parent.command('undo-rotation <id>')))
    .description('Go back to the old secret while it lives; the new one is refused from then on.')
    .action(async (id: string, options: VerbOptions) => finish(await rotationUndo(terminal, id, options)))
  styled(parent.command('clients <id>'))
    .description('Show which clients have called with a key, and from where.')
    .option('--days <days>', 'how far back (default 30)')
    .action(async (id: string, options: Style & { days?: string }) => finish(await keysClients(terminal, id, options)))
}

function addClaims(parent: Command, { terminal, finish }: Site): void {
  styled(parent.command('claim <link>'))
    .description(
      'Open the link to a key that was made for you; its secret is printed once (- reads the link from stdin).',
    )
    .action(async (link: string, style: Style) => finish(await keysClaim(terminal, link, style)))
  styled(parent.command('offer <id>'))
    .description('Make a new link for the owner of a key that has no secret yet; the link before it ends.')
    .action(async (id: string, options: VerbOptions) => finish(await keysOffer(terminal, id, options)))
  styled(parent.command('withdraw <id>'))
    .description('Withdraw the link to a key.')
    .action(async (id: string, options: VerbOptions) => finish(await keysWithdraw(terminal, id, options)))
}
