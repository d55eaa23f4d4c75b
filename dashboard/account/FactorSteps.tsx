import './account.css'
import { Button, Group, Stack, Text } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import type { NewFactor, StepUp } from '../../src/people/second-factor/schema.ts'
import { ask } from '../api.ts'
import { translator } from '../texts.ts'
import { ProblemNote } from '../ui/ProblemNote.tsx'
import { useChange } from '../ui/useChange.ts'
import { ConfirmFactor, type Stage } from './ConfirmFactor.tsx'
import { ProveIt } from './ProveIt.tsx'
import { type CodesProps, RecoveryCodes } from './RecoveryCodes.tsx'
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
  readonly onStage?: (stage: Stage) => void
  readonly Codes?: (props: CodesProps) => ReactNode
}

/** An authenticator is set up: begin, the secret with a first code, the recovery codes. Secrets stay in this state. */
export function FactorSteps({ isOver, onDone, onStage = () => undefined, Codes = RecoveryCodes }: Props) {
  const [step, setStep] = useState<Step>({ is: 'begin' })
  const { change, isRunning, refusal } = useChange({
    run: (proof: StepUp) => ask<NewFactor>('POST /me/second-factor', { body: proof }),
    refreshes: [],
    done: (factor) => setStep({ is: 'confirm', factor }),
  })
  if (step.is === 'confirm')
    return <ConfirmFactor factor={step.factor} onStage={onStage} onCodes={(codes) => setStep({ is: 'codes', codes })} />
  if (step.is === 'codes') return <Codes codes={step.codes} onDone={onDone} />
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
