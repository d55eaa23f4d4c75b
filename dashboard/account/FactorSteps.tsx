import './account.css'
import { Button, Group, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import type { NewFactor, StepUp } from '../../src/people/second-factor/schema.ts'
import { ask } from '../api.ts'
import { translator } from '../texts.ts'
import { ProblemNote } from '../ui/ProblemNote.tsx'
import { useChange } from '../ui/useChange.ts'
import { ConfirmFactor } from './ConfirmFactor.tsx'
import { ProveIt } from './ProveIt.tsx'
import { RecoveryCodes } from './RecoveryCodes.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Step =
  | { readonly is: 'begin' }
  | { readonly is: 'confirm'; readonly factor: NewFactor }
  | { readonly is: 'codes'; readonly codes: readonly string[] }

type Props = {
  /** One is on already, so the next one takes a proof. */
  readonly isOver: boolean
  readonly onDone: () => void
  /** The codes are on their way or shown: until they are kept nothing else closes it. */
  readonly onHeld?: (isHeld: boolean) => void
}

/** An authenticator is set up: begin, the secret with a first code, the recovery codes. Secrets stay in this state. */
export function FactorSteps({ isOver, onDone, onHeld = () => undefined }: Props) {
  const [step, setStep] = useState<Step>({ is: 'begin' })
  const { change, isRunning, refusal } = useChange({
    run: (proof: StepUp) => ask<NewFactor>('POST /me/second-factor', { body: proof }),
    refreshes: [],
    done: (factor) => setStep({ is: 'confirm', factor }),
  })
  if (step.is === 'confirm')
    return <ConfirmFactor factor={step.factor} onHeld={onHeld} onCodes={(codes) => setStep({ is: 'codes', codes })} />
  if (step.is === 'codes') return <RecoveryCodes codes={step.codes} onDone={onDone} />
  if (isOver) return <ProveIt submit={t('goOn')} onProof={change} isRunning={isRunning} refusal={refusal} />
  return (
    <Stack gap="sm">
      <Text size="sm">{t('beginText')}</Text>
      <ProblemNote refusal={refusal} />
      <Group>
        <Button loading={isRunning} onClick={() => void change({})} data-autofocus>
          {t('begin')}
        </Button>
      </Group>
    </Stack>
  )
}
