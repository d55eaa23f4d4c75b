import { NumberInput, Radio, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import type { IssuedToken } from '../../../src/keys/children/schema.ts'
import type { KeyView } from '../../../src/keys/schema.ts'
import { ask } from '../../api.ts'
import { translator } from '../../texts.ts'
import { FormDialog } from '../../ui/Dialog.tsx'
import { fieldError, useChange } from '../../ui/useChange.ts'
import { RevealSecret } from '../reveal/RevealSecret.tsx'
import { NarrowFields } from './NarrowFields.tsx'
import { texts } from './texts.data.ts'
import { isLife, newChildOf, noFields, type TokenFields } from './tokenInput.ts'

const t = translator(texts)

type Props = { readonly of: KeyView; readonly onClose: () => void }

/** A token that ends by itself and may what its key may, or less (D54); then the token, once. */
export function NewToken({ of: key, onClose }: Props) {
  const [fields, setFields] = useState<TokenFields>(noFields)
  const [answer, setAnswer] = useState<IssuedToken | null>(null)
  const { change, isRunning, refusal } = useChange({
    run: (input: TokenFields, idempotencyKey) =>
      ask<IssuedToken>(`POST /keys/${key.id}/children`, { body: newChildOf(input), idempotencyKey }),
    refreshes: ['keys', 'audit-events'],
    done: setAnswer,
  })
  const set = (patch: Partial<TokenFields>) => setFields((before) => ({ ...before, ...patch }))
  if (answer) return <RevealSecret answer={{ key, ...answer }} onDone={onClose} />
  const wrong = isLife(fields.ttl) ? undefined : t('ttlWrong')
  return (
    <FormDialog
      title={t('makeTitle')}
      size="lg"
      submit={t('make')}
      onSubmit={() => void change(fields)}
      onClose={onClose}
      isRunning={isRunning}
      refusal={refusal}
      isReady={wrong === undefined}
    >
      <Text>{t('makeText')}</Text>
      <NumberInput
        label={t('ttl')}
        description={t('ttlHint')}
        value={fields.ttl}
        onChange={(ttl) => set({ ttl })}
        allowDecimal={false}
        allowNegative={false}
        min={1}
        max={86_400}
        clampBehavior="none"
        error={wrong ?? fieldError(refusal, '/ttlSeconds')}
      />
      <Radio.Group
        label={t('may')}
        value={fields.isNarrow ? 'some' : 'all'}
        onChange={(chosen) => set({ isNarrow: chosen === 'some' })}
      >
        <Stack gap="xs" mt={6}>
          <Radio value="all" label={t('mayAll')} />
          <Radio value="some" label={t('maySome')} />
        </Stack>
      </Radio.Group>
      {fields.isNarrow && <NarrowFields keyId={key.id} fields={fields} set={set} refusal={refusal} />}
    </FormDialog>
  )
}
