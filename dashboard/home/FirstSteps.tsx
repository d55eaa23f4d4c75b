import { Anchor, Button, Group, Stack, Text, ThemeIcon, Title } from '@mantine/core'
import { IconCheck } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { ConnectClient } from '../keys/reveal/ConnectClient.tsx'
import { useMay } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { Data } from '../ui/Data.tsx'
import { Section } from '../ui/Section.tsx'
import { texts } from './texts.data.ts'
import { type Progress, type StepId, useProgress } from './useProgress.ts'

const t = translator(texts)

/** Looks again while something is still to be done. */
const often = { ms: 4_000 } as const

/** What is done, what is next with its way there, and what comes later. */
export function FirstSteps() {
  const progress = useProgress(often)
  const { steps } = progress
  const next = steps.find(({ isDone }) => !isDone)?.id
  return (
    <Section title={t('steps')}>
      <Text size="sm" c="dimmed">
        {t('stepsAbout')}
      </Text>
      <ol className="first-steps">
        {steps.map(({ id, isDone }, at) => (
          <Step key={id} id={id} number={at + 1} state={isDone ? 'done' : id === next ? 'next' : 'later'}>
            {!isDone && <Way id={id} isNext={id === next} progress={progress} />}
          </Step>
        ))}
      </ol>
    </Section>
  )
}

type StepProps = {
  readonly id: StepId
  readonly number: number
  readonly state: 'done' | 'next' | 'later'
  readonly children: ReactNode
}
const said = { done: t('isDone'), next: t('isNext'), later: t('isLater') } as const

const Step = ({ id, number, state, children }: StepProps) => (
  <li data-state={state} data-step={id}>
    <ThemeIcon
      radius="xl"
      variant={state === 'later' ? 'default' : 'filled'}
      color={state === 'done' ? 'green.9' : 'blue'}
      role="img"
      aria-label={said[state]}
    >
      {state === 'done' ? <IconCheck size={16} /> : <span translate="no">{number}</span>}
    </ThemeIcon>
    <Stack gap={6}>
      <Title order={3} size="h5">
        {t(`step.${id}`)}
      </Title>
      {state !== 'done' && <Text size="sm">{t(`step.${id}.text`)}</Text>}
      {children}
    </Stack>
  </li>
)

type WayProps = { readonly id: StepId; readonly isNext: boolean; readonly progress: Progress }
function Way({ id, isNext, progress: { newestKey, refused } }: WayProps) {
  if (id === 'server') return <AddServer isNext={isNext} />
  if (id === 'key')
    return (
      <Group>
        <Button
          component={Link}
          to="/configuration/api-keys"
          variant={isNext ? 'filled' : 'default'}
          {...{ search: { create: '1' } as never }}
        >
          {t('step.key.action')}
        </Button>
      </Group>
    )
  if (id === 'connect') return newestKey && <Connect keyView={newestKey} />
  return (
    refused && (
      <Text size="sm" component="div">
        {t('step.call.refused')}{' '}
        <Anchor component={Link} to="/activity/explain" fz="sm" {...{ search: questionOf(refused) as never }}>
          {t('step.call.why')}
        </Anchor>
      </Text>
    )
  )
}

function AddServer({ isNext }: { readonly isNext: boolean }) {
  const may = useMay()
  return (
    <Group gap="xs">
      <Button
        component={Link}
        to="/configuration/servers"
        variant={isNext ? 'filled' : 'default'}
        {...{ search: { add: 'url' } as never }}
      >
        {t('step.server.action')}
      </Button>
      {may('providers:write') !== 'none' && (
        <Button component={Link} to="/configuration/providers" variant="default" {...{ search: { add: '1' } as never }}>
          {t('step.server.other')}
        </Button>
      )}
    </Group>
  )
}

type ConnectProps = { readonly keyView: NonNullable<Progress['newestKey']> }
const Connect = ({ keyView }: ConnectProps) => (
  <Stack gap="sm" mt="xs">
    <Text size="sm">
      {t('forKey')}{' '}
      <Anchor component={Link} to="/configuration/api-keys" fz="sm" {...{ search: { key: keyView.id } as never }}>
        <Data>{keyView.name}</Data>
      </Anchor>
    </Text>
    <ConnectClient keyView={keyView} />
    <Text size="sm" c="dimmed" role="status">
      {t('step.connect.waiting')}
    </Text>
  </Stack>
)

/** The page that explains takes the call as it came. */
function questionOf({ key, server, tool, provider, model }: NonNullable<Progress['refused']>): Record<string, string> {
  const asked = { key, server, tool, provider, model }
  return Object.fromEntries(Object.entries(asked).flatMap(([name, value]) => (value ? [[name, value]] : [])))
}
