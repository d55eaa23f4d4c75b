import { ask } from '../api.ts'
import { translator } from '../texts.ts'
import { ConfirmChange } from '../ui/ConfirmChange.tsx'
import { Summary } from './ApproveRequest.tsx'
import { type ActionProps, decided, type Settled } from './settled.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

const words = {
  withdraw: { title: t('withdrawTitle'), text: t('withdrawText'), submit: t('withdraw'), said: t('withdrawnSaid') },
  end: { title: t('endTitle'), text: t('endText'), submit: t('end'), said: t('endedSaid') },
} as const

type Props = ActionProps & { readonly how: 'withdraw' | 'end' }

/** Taken back before it is decided, or ended before its time. */
export const CloseRequest = ({ request, how, onClose, onDone }: Props) => (
  <ConfirmChange
    {...words[how]}
    isDangerous={how === 'end'}
    run={() => ask<Settled>(`POST /access-requests/${request.id}/${how}`, { body: {} })}
    refreshes={decided}
    done={onDone}
    onClose={onClose}
  >
    <Summary request={request} />
  </ConfirmChange>
)
