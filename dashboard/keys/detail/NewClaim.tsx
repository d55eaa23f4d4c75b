import { useState } from 'react'
import type { KeyView } from '../../../src/keys/schema.ts'
import { ask } from '../../api.ts'
import { translator } from '../../texts.ts'
import { ConfirmChange } from '../../ui/ConfirmChange.tsx'
import { RevealSecret } from '../reveal/RevealSecret.tsx'
import type { RevealAnswer } from '../reveal/shownOnce.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = { readonly of: Pick<KeyView, 'id'>; readonly onClose: () => void }

/** Another link for the owner of a key; the one before it ends. */
export function NewClaim({ of: { id }, onClose }: Props) {
  const [answer, setAnswer] = useState<RevealAnswer | null>(null)
  if (answer) return <RevealSecret answer={answer} onDone={onClose} />
  return (
    <ConfirmChange
      title={t('claimNew')}
      text={t('claimNewText')}
      submit={t('claimNew')}
      run={(idempotencyKey) => ask<RevealAnswer>(`POST /keys/${id}/claim`, { body: {}, idempotencyKey })}
      refreshes={['keys']}
      done={setAnswer}
      onClose={onClose}
    />
  )
}
