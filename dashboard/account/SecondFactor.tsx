import { Button, Group, Text } from '@mantine/core'
import { useState } from 'react'
import type { FactorView } from '../../src/people/second-factor/schema.ts'
import { translator } from '../texts.ts'
import { Status } from '../ui/Data.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Loading } from '../ui/Page.tsx'
import { ErrorNote } from '../ui/ProblemNote.tsx'
import { Section } from '../ui/Section.tsx'
import { useOne, useRefresh } from '../ui/useCalls.ts'
import type { Stage } from './ConfirmFactor.tsx'
import { FactorSteps } from './FactorSteps.tsx'
import { NewCodes } from './NewCodes.tsx'
import { TurnFactorOff } from './TurnFactorOff.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Open = 'set-up' | 'codes' | 'off' | null

export function SecondFactor() {
  const { data, error, retry } = useOne<FactorView>('/me/second-factor')
  const [open, setOpen] = useState<Open>(null)
  const close = () => setOpen(null)
  return (
    <Section title={t('factor')} actions={data && <FactorButtons factor={data} onOpen={setOpen} />}>
      {error ? (
        <ErrorNote error={error} onRetry={() => void retry()} />
      ) : data ? (
        <FactorStanding factor={data} />
      ) : (
        <Loading lines={1} />
      )}
      {open === 'set-up' && data && <SetUpDialog isOver={data.state === 'on'} onClose={close} />}
      {open === 'codes' && <NewCodes onClose={close} />}
      {open === 'off' && <TurnFactorOff onClose={close} />}
    </Section>
  )
}

function FactorStanding({ factor }: { readonly factor: FactorView }) {
  const { state, required, codesLeft } = factor
  const isOn = state === 'on'
  return (
    <>
      <Group gap="xs">
        <Status kind={isOn ? 'good' : 'over'}>{isOn ? t('on') : t('off')}</Status>
        <Text size="sm">{isOn ? t('factorOn', { n: codesLeft }) : t('factorOff')}</Text>
      </Group>
      {isOn && codesLeft < 3 && <Text size="sm">{t('fewCodes')}</Text>}
      {isOn && required && (
        <Text size="sm" c="dimmed">
          {t('required')}
        </Text>
      )}
    </>
  )
}

type Buttons = { readonly factor: FactorView; readonly onOpen: (open: Open) => void }
function FactorButtons({ factor: { state, required }, onOpen }: Buttons) {
  if (state !== 'on')
    return (
      <Button size="xs" onClick={() => onOpen('set-up')}>
        {t('setUp')}
      </Button>
    )
  return (
    <>
      <Button size="xs" variant="default" onClick={() => onOpen('codes')}>
        {t('newCodes')}
      </Button>
      <Button size="xs" variant="default" onClick={() => onOpen('set-up')}>
        {t('setUpOther')}
      </Button>
      {!required && (
        <Button size="xs" variant="outline" color="red" onClick={() => onOpen('off')}>
          {t('turnOff')}
        </Button>
      )}
    </>
  )
}

function SetUpDialog({ isOver, onClose }: { readonly isOver: boolean; readonly onClose: () => void }) {
  // What it was when it opened: switching it on is what happens in here.
  const [wasOn] = useState(isOver)
  const [stage, setStage] = useState<Stage>('open')
  const refresh = useRefresh()
  const done = () => {
    onClose()
    void refresh(['me'])
  }
  return (
    <Dialog
      title={wasOn ? t('setUpOther') : t('setUp')}
      onClose={onClose}
      isHeld={stage === 'codes'}
      isBusy={stage === 'asking'}
    >
      <FactorSteps isOver={wasOn} onDone={done} onStage={setStage} />
    </Dialog>
  )
}
