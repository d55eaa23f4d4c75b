import { Button, Group, List, Progress, Radio, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import type { FindingKind } from '../../src/findings/schema.ts'
import { RevealSecret } from '../keys/reveal/RevealSecret.tsx'
import { translator } from '../texts.ts'
import { Data } from '../ui/Data.tsx'
import { ConfirmDialog, Dialog } from '../ui/Dialog.tsx'
import { EffectNote } from '../ui/EffectNote.tsx'
import { NewSecrets } from './NewSecrets.tsx'
import { kinds, texts } from './texts.data.ts'
import type { Named } from './useFindings.ts'
import { isOneCall, type Result, useFixing, type Verb } from './useFixing.ts'

const t = translator(texts)
const word = translator(kinds)
const verbs = ['suspend', 'revoke', 'delete'] as const satisfies readonly Verb[]
const shownAtMost = 8

type Props = { readonly kind: FindingKind; readonly findings: readonly Named[]; readonly onClose: () => void }

/** Says what the fix does, does it key by key, and tells how it went; new secrets are shown this once. */
export function FixFindings({ kind, findings, onClose }: Props) {
  const [verb, setVerb] = useState<Verb>('suspend')
  const { fix, stop, isStopping, result, progress } = useFixing()
  if (result) return <Fixed result={result} all={findings.length} onClose={onClose} />
  const isFinal = kind === 'unused_key' && verb !== 'suspend'
  return (
    <ConfirmDialog
      title={word(`${kind}.fix`)}
      submit={kind === 'unused_key' ? t(verb) : word(`${kind}.fix`)}
      text={word(`${kind}.does`)}
      isDangerous={kind === 'unused_key'}
      onClose={onClose}
      onSubmit={() => void fix(findings, verb)}
      isRunning={progress !== null}
      refusal={null}
      {...(isFinal && findings.length > 1 ? { typed: t('typed') } : {})}
    >
      <Concerned findings={findings} />
      <Expiry findings={findings} />
      {kind === 'unused_key' && (
        <Radio.Group
          label={t('how')}
          value={verb}
          onChange={(value) => setVerb(verbs.find((each) => each === value) ?? 'suspend')}
        >
          <Stack gap={6} mt={4}>
            {verbs.map((each) => (
              <Radio key={each} value={each} label={t(`how.${each}`)} />
            ))}
          </Stack>
        </Radio.Group>
      )}
      {progress !== null && findings.length > 1 && (
        <Underway
          done={progress}
          all={findings.length}
          isStopping={isStopping}
          {...(isOneCall(findings) ? {} : { stop })}
        />
      )}
    </ConfirmDialog>
  )
}

type UnderwayProps = {
  readonly done: number
  readonly all: number
  readonly isStopping: boolean
  readonly stop?: () => void
}

/** How far it has come. What one call does to all of them cannot be stopped in between. */
const Underway = ({ done, all, isStopping, stop }: UnderwayProps) => (
  <Stack gap="xs">
    <div role="status">
      <Progress value={(done / all) * 100} aria-label={t('progressLabel')} />
      <Text size="sm" c="dimmed">
        {t('progress', { n: done, all })} {isStopping && t('stopping')}
      </Text>
    </div>
    {stop && (
      <Group>
        <Button size="xs" variant="default" onClick={stop} disabled={isStopping}>
          {t('stop')}
        </Button>
      </Group>
    )}
  </Stack>
)

const Concerned = ({ findings }: Pick<Props, 'findings'>) => (
  <div>
    <Text size="sm">{t('concerns', { n: findings.length })}</Text>
    <List size="sm">
      {findings.slice(0, shownAtMost).map(({ id, name }) => (
        <List.Item key={id}>
          <Data>{name}</Data>
        </List.Item>
      ))}
      {findings.length > shownAtMost && <List.Item>{t('andMore', { n: findings.length - shownAtMost })}</List.Item>}
    </List>
  </div>
)

type Span = Extract<keyof typeof texts, `time.${string}`>
const isSpan = (name: string): name is Span => Object.hasOwn(texts, name)

/** Where policies differ by tier, so do the ends. */
function Expiry({ findings }: Pick<Props, 'findings'>) {
  const spans = new Set(findings.map(({ fix }) => `time.${String(fix.body['expiresIn'])}`).filter(isSpan))
  return [...spans].map((span) => (
    <Text key={span} size="sm">
      {t('expiresIn', { time: t(span) })}
    </Text>
  ))
}

type FixedProps = { readonly result: Result; readonly all: number; readonly onClose: () => void }

function Fixed({ result: { outcomes, effect }, all, onClose }: FixedProps) {
  const made = outcomes.filter(({ answer }) => answer?.secret !== undefined || answer?.claim !== undefined)
  const [first] = made
  if (first?.answer && all === 1) return <RevealSecret answer={first.answer} onDone={onClose} />
  const refused = outcomes.filter((outcome) => outcome.refused !== null)
  const left = all - outcomes.length
  const summary = (
    <Stack gap="sm" role="status">
      <Text>{t('resultAll', { n: outcomes.length - refused.length })}</Text>
      {left > 0 && <Text>{t('resultStopped', { n: left })}</Text>}
      {refused.length > 0 && (
        <div>
          <Text>{t('resultFailed', { n: refused.length })}</Text>
          <List size="sm">
            {refused.map(({ key, name, refused: why }) => (
              <List.Item key={key}>
                <Data>{`${name}: ${why}`}</Data>
              </List.Item>
            ))}
          </List>
        </div>
      )}
      {effect && <EffectNote effect={effect} />}
    </Stack>
  )
  if (made.length > 0) return <NewSecrets outcomes={made} summary={summary} onDone={onClose} />
  return (
    <Dialog title={t('resultTitle')} onClose={onClose}>
      {summary}
      <Group justify="flex-end" mt="md">
        <Button onClick={onClose}>{t('done')}</Button>
      </Group>
    </Dialog>
  )
}
