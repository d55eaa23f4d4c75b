import { Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import type { NewFactor, RecoveryCodes } from '../../src/people/second-factor/schema.ts'
import { ask } from '../api.ts'
import { translator } from '../texts.ts'
import { CopyButton, Id } from '../ui/Data.tsx'
import { ProblemNote } from '../ui/ProblemNote.tsx'
import { useChange } from '../ui/useChange.ts'
import { renewSession } from './renewSession.ts'
import { texts } from './texts.data.ts'
import { useLeavingAsked } from './useLeavingAsked.ts'

const t = translator(texts)

/** The codes are on their way, or shown: until they are kept nothing else closes it. */
export type Stage = 'open' | 'asking' | 'codes'

type Props = {
  readonly factor: NewFactor
  readonly onStage: (stage: Stage) => void
  readonly onCodes: (codes: readonly string[]) => void
}

/** The secret as a picture and as text, and the first code of it, which switches it on. */
export function ConfirmFactor({ factor, onStage, onCodes }: Props) {
  const [code, setCode] = useState('')
  const { change, isRunning, refusal } = useChange({
    run: async (typed: string) => {
      const answer = await ask<RecoveryCodes>('POST /me/second-factor/confirm', { body: { code: typed } })
      await renewSession()
      return answer
    },
    refreshes: ['sessions', 'me'],
    done: ({ recoveryCodes }) => {
      onStage('codes')
      onCodes(recoveryCodes)
    },
  })
  useLeavingAsked(isRunning)
  const confirm = async (event: FormEvent) => {
    event.preventDefault()
    onStage('asking')
    if (await change(code.trim())) return
    onStage('open')
    setCode('')
  }
  return (
    <Stack gap="sm">
      <Text size="sm">{t('scan')}</Text>
      {/* As an image, so that nothing in it runs. */}
      <img
        className="factor-qr"
        src={`data:image/svg+xml;charset=utf-8,${encodeURIComponent(factor.qr)}`}
        alt={t('qr')}
      />
      <Group gap={4} wrap="nowrap">
        <Text size="sm">{t('typedSecret')}</Text>
        <Id>{factor.secret}</Id>
        <CopyButton value={factor.secret} label={t('copySecret')} />
      </Group>
      <form onSubmit={confirm} noValidate>
        <Stack gap="sm">
          <TextInput
            label={t('code')}
            description={t('otherSessionsEnd')}
            value={code}
            onChange={(event) => setCode(event.currentTarget.value)}
            inputMode="numeric"
            autoComplete="one-time-code"
            maxLength={7}
            required
            data-autofocus
          />
          <ProblemNote refusal={refusal} />
          <Group justify="flex-end">
            <Button type="submit" loading={isRunning} disabled={code.trim() === ''}>
              {t('switchOn')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Stack>
  )
}
