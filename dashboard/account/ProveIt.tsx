import { Button, Group, PasswordInput, Stack } from '@mantine/core'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { StepUp } from '../../src/people/second-factor/schema.ts'
import type { Refusal } from '../api.ts'
import { translator } from '../texts.ts'
import { ProblemNote } from '../ui/ProblemNote.tsx'
import { proofOf } from './proof.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = {
  readonly submit: string
  readonly isDangerous?: boolean
  readonly onProof: (proof: StepUp) => Promise<unknown>
  readonly isRunning: boolean
  readonly refusal: Refusal | null
  readonly children?: ReactNode
}

/** Over a factor that is there it takes more than the session, which somebody may have found open. */
export function ProveIt({ submit, isDangerous = false, onProof, isRunning, refusal, children }: Props) {
  const [typed, setTyped] = useState('')
  const send = (event: FormEvent) => {
    event.preventDefault()
    setTyped('')
    void onProof(proofOf(typed))
  }
  return (
    <form onSubmit={send} noValidate>
      <Stack gap="sm">
        {children}
        <PasswordInput
          label={t('proof')}
          description={t('proofHint')}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          autoComplete="current-password"
          required
          data-autofocus
        />
        <ProblemNote refusal={refusal} />
        <Group justify="flex-end">
          <Button type="submit" loading={isRunning} disabled={typed === ''} color={isDangerous ? 'red' : 'blue'}>
            {submit}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
