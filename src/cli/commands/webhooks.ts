import type { Command } from 'commander'
import type { ListOptions } from '../list.ts'
import type { Style } from '../print.ts'
import { removeOne } from '../remove-one.ts'
import {
  type WebhooksCreateOptions,
  type WebhooksUpdateOptions,
  webhooks,
  webhooksCreate,
  webhooksDeliveries,
  webhooksReplay,
  webhooksTest,
  webhooksUpdate,
} from '../webhooks.ts'
import { addGet, addList, addRemove, changing, paged, type Site, styled } from './options.ts'

export function addWebhooks(program: Command, site: Site): void {
  const { terminal, finish } = site
  const parent = program.command('webhooks').description('Webhooks: who is told of events, and gets new secrets.')
  styled(parent.command('create <url>'))
    .description('Add a webhook; the secret that signs its calls is printed once.')
    .option('--name <name>', 'name for people')
    .option('--events <list>', 'events by comma, key.* for all about keys, * for all (default *)')
    .option('--format <format>', 'standard (default), or words for people: slack, teams')
    .action(async (url: string, options: WebhooksCreateOptions) => finish(await webhooksCreate(terminal, url, options)))
  addList(parent, site, webhooks, 'List webhooks.')
  addGet(parent, site, webhooks, 'Show one webhook.')
  changing(parent.command('update <id>'))
    .description('Change a webhook; its secret stays.')
    .option('--name <name>', 'another name')
    .option('--url <url>', 'another address')
    .option('--events <list>', 'events by comma')
    .option('--format <format>', 'standard, slack or teams')
    .action(async (id: string, options: WebhooksUpdateOptions) => finish(await webhooksUpdate(terminal, id, options)))
  addRemove(parent, site, 'delete <id>', 'Delete a webhook.', removeOne(webhooks, { ended: 'deleted' }))
  styled(parent.command('test <id>'))
    .description('Send a webhook an event that says nothing, and show whether it arrived.')
    .action(async (id: string, style: Style) => finish(await webhooksTest(terminal, id, style)))
  styled(parent.command('replay <id> [deliveries...]'))
    .description('Send events again: those that are named, or all that were given up.')
    .action(async (id: string, named: string[], style: Style) =>
      finish(await webhooksReplay(terminal, id, named, style)),
    )
  paged(parent.command('deliveries <id>'))
    .description('Show what was sent to a webhook, newest first.')
    .action(async (id: string, options: ListOptions) => finish(await webhooksDeliveries(terminal, id, options)))
}
