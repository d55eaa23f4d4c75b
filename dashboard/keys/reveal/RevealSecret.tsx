import './reveal.css'
import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react'
import { translator } from '../../texts.ts'
import { AskToLeave } from '../../ui/AskToLeave.tsx'
import { Time } from '../../ui/Data.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { EffectNote } from '../../ui/EffectNote.tsx'
import { useLeaving } from '../../ui/useLeaving.ts'
import { AfterReveal } from './AfterReveal.tsx'
import { SecretBlock } from './SecretBlock.tsx'
import { type RevealAnswer, type ShownOnce, shownOnceOf } from './shownOnce.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = {
  /** The body of the call that made the secret. Keep it in a state of the component, and forget it in `onDone`. */
  readonly answer: RevealAnswer
  readonly onDone: () => void
}

const titles = {
  key: t('titleKey'),
  rotated: t('titleRotated'),
  url: t('titleUrl'),
  claim: t('titleClaim'),
  rotatedClaim: t('titleClaim'),
  token: t('titleToken'),
  lost: t('titleLost'),
} as const

/**
 * Shows once what is never shown again, in a dialog of its own that Esc does not close. The secret is in this tree and
 * nowhere else; with `onDone` it is gone.
 */
export function RevealSecret({ answer, onDone }: Props) {
  const shown = shownOnceOf(answer)
  const leaving = useLeaving({ isNothing: shown.kind === 'lost', onDone })
  return (
    <Dialog title={titles[shown.kind]} onClose={leaving.done} size="lg" isHeld>
      <Stack gap="md">
        {shown.kind === 'lost' ? (
          <Lost />
        ) : (
          <SuccessBox shown={shown} name={answer.key.name} onCopied={leaving.copied} />
        )}
        <OldSecret answer={answer} />
        <AfterReveal answer={answer} shown={shown} />
        <AskToLeave leaving={leaving} />
        <Group justify="flex-end" className="dialog-foot">
          <Button variant="default" onClick={leaving.done}>
            {t('done')}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  )
}

const Lost = () => (
  <Alert color="yellow" icon={<IconAlertTriangle size={20} />} role="alert">
    {t('lostText')}
  </Alert>
)

type Shown = Exclude<ShownOnce, { kind: 'lost' }>
type BoxProps = { readonly shown: Shown; readonly name: string; readonly onCopied: () => void }

/** What is announced (D43) is that there is a secret, and never the secret: it would be read out loud. */
function SuccessBox({ shown, name, onCopied }: BoxProps) {
  const words = wordsOf(shown.kind)
  return (
    <Stack gap="sm" className="reveal">
      <div role="alert">
        <Text className="reveal-title" component="p" m={0}>
          <IconCircleCheck size={22} aria-hidden /> {words.created}
        </Text>
        <Text size="sm">{words.once}</Text>
      </div>
      <SecretBlock text={shown.text} label={labelOf(shown.kind, name)} onCopied={onCopied} isFirst />
      {shown.kind === 'url' && (
        <>
          <Text size="sm">{t('onceUrl')}</Text>
          <Text size="sm">{t('keyAlone')}</Text>
          <SecretBlock text={shown.secret} label={t('secretOf', { name })} onCopied={onCopied} />
        </>
      )}
      <Until shown={shown} />
      <Text size="sm">{words.lost}</Text>
    </Stack>
  )
}

function Until({ shown }: { readonly shown: Shown }) {
  if (!('until' in shown) || shown.until === null) return null
  return (
    <Text size="sm">
      {shown.kind === 'token' ? t('tokenUntil') : t('linkUntil')} <Time at={shown.until} />
    </Text>
  )
}

const wordsOf = (kind: Shown['kind']) => {
  if (kind === 'claim') return { created: t('createdClaim'), once: t('onceClaim'), lost: t('lostClaim') }
  if (kind === 'rotatedClaim') return { created: t('createdRotatedClaim'), once: t('onceClaim'), lost: t('lostClaim') }
  if (kind === 'token') return { created: t('createdToken'), once: t('onceToken'), lost: t('lostToken') }
  return {
    created: kind === 'rotated' ? t('createdRotated') : t('createdKey'),
    once: t('once'),
    lost: t('lostKey'),
  }
}

const labelOf = (kind: Shown['kind'], name: string): string => {
  if (kind === 'url') return t('addressOf', { name })
  if (kind === 'token') return t('tokenOf', { name })
  return kind === 'claim' || kind === 'rotatedClaim' ? t('linkFor', { name }) : t('secretOf', { name })
}

/** Of a rotation: what has become of the secret before it, and where. */
function OldSecret({ answer: { rotation, previous, effect } }: { readonly answer: RevealAnswer }) {
  if (!rotation && !effect) return null
  const end = previous?.validUntil ?? null
  return (
    <Stack gap="xs">
      {rotation && previous && rotation.mode === 'immediate' && <Text size="sm">{t('oldEnded')}</Text>}
      {rotation && previous && rotation.mode === 'grace' && (
        <Text size="sm">
          {t('oldUntil')} <Time at={end} />
        </Text>
      )}
      {rotation?.mode === 'on-first-use' && previous && <Text size="sm">{t('oldOnFirstUse')}</Text>}
      {rotation?.mode !== 'grace' && rotation?.mode !== 'on-first-use' && (
        <EffectNote effect={effect} force="refused" />
      )}
    </Stack>
  )
}
