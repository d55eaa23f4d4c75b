import { Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { Effect } from '../../../src/fleet/schema.ts'
import type { KeyView } from '../../../src/keys/schema.ts'
import { ask } from '../../api.ts'
import { translator } from '../../texts.ts'
import { ChangeDone } from '../../ui/ChangeDone.tsx'
import { FormDialog } from '../../ui/Dialog.tsx'
import { fieldError, useChange } from '../../ui/useChange.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Verb = 'suspend' | 'resume' | 'revoke'
type Props = {
  readonly of: Pick<KeyView, 'id' | 'name' | 'revision'>
  readonly verb: Verb
  readonly onClose: () => void
}

const wordsOf = (verb: Verb, name: string) => {
  if (verb === 'suspend')
    return {
      title: t('deactivateTitle'),
      text: t('deactivateText', { name }),
      submit: t('deactivate'),
      done: t('deactivated', { name }),
    }
  if (verb === 'resume')
    return {
      title: t('activateTitle'),
      text: t('activateText', { name }),
      submit: t('activate'),
      done: t('activated', { name }),
    }
  return {
    title: t('revokeTitle'),
    text: t('revokeText', { name }),
    submit: t('revoke'),
    done: t('revokedNow', { name }),
  }
}

/** Off, on again, or ended for good; then on how many gateways that is in force. */
export function TurnKey({ of: { id, name, revision }, verb, onClose }: Props) {
  const [reason, setReason] = useState('')
  const [effect, setEffect] = useState<Effect | null>(null)
  const { change, isRunning, refusal } = useChange({
    run: (said: string, idempotencyKey) =>
      ask<{ effect: Effect }>(`POST /keys/${id}/${verb}`, {
        body: said === '' ? {} : { reason: said },
        revision,
        idempotencyKey,
      }),
    refreshes: ['keys', 'requests', 'audit-events'],
    done: (answer) => setEffect(answer.effect),
  })
  const words = wordsOf(verb, name)
  const isOver = verb !== 'resume'
  if (effect)
    return (
      <ChangeDone
        title={words.title}
        text={words.done}
        effect={effect}
        force={isOver ? 'refused' : 'inForce'}
        onClose={onClose}
      />
    )
  return (
    <FormDialog
      title={words.title}
      submit={words.submit}
      onSubmit={() => void change(reason.trim())}
      onClose={onClose}
      isRunning={isRunning}
      refusal={refusal}
      isDangerous={isOver}
    >
      <Text>{words.text}</Text>
      <TextInput
        label={t('reasonOptional')}
        description={t('reasonHint')}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        error={fieldError(refusal, '/reason')}
        maxLength={2000}
      />
    </FormDialog>
  )
}
