import { effectLines } from './effect.ts'
import type { Exit } from './exit.ts'
import { invitations } from './invitation-facts.ts'
import { perform } from './perform.ts'
import { plain, type Style } from './print.ts'
import { oneOf, placeOf } from './resource.ts'
import type { Terminal } from './terminal.ts'
import { pathTo } from './values.ts'

export type WithdrawOptions = Style & { readonly removeMember?: true }

export const invitationsWithdraw = (terminal: Terminal, id: string, options: WithdrawOptions): Promise<Exit> =>
  perform(terminal, options, pathTo(invitations.path, id), async (control) => {
    const place = await placeOf(control, invitations, id)
    if (!place.ok) return place
    const query = options.removeMember ? { removeMember: 'true' } : {}
    const answer = await control.call({ method: 'DELETE', path: place.value, query }, oneOf(invitations))
    if (!answer.ok) return answer
    const { item, effect } = answer.value
    const left =
      effect === null ? ' The member stays: ostiary members remove ends that, too.' : ' The member is removed.'
    const aside = effect === null ? '' : await effectLines(control, effect, 'refused')
    const text = `${plain(invitations.titleOf(item))} is withdrawn: its link opens nothing.${left}\n`
    return { ok: true, value: { raw: answer.raw, quiet: item.id, text, aside } }
  })
