import { Alert, Button, Group, Portal, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { type ReactNode, useEffect, useRef } from 'react'
import { translator } from '../texts.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

/** `away`: nobody answers. `stale`: somebody does, but this load of the page gets the file no more. */
export type Lack = 'away' | 'stale'
export type Missing = { readonly lack: Lack; readonly isTrying: boolean; readonly onRetry: () => void }
type Props = Missing & { readonly onClose: () => void }

/** What would have opened over the page, and whose file did not come: the page goes on behind it. */
export const MissingOver = (props: Props) => (
  <Portal target="#content">
    <OverNote {...props} />
  </Portal>
)

function OverNote({ onClose, ...missing }: Props) {
  const close = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    const before = document.activeElement
    close.current?.focus()
    return () => {
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])
  return (
    <MissingNote {...missing} className="missing-over">
      <Button ref={close} size="xs" variant="default" onClick={onClose}>
        {t('close')}
      </Button>
    </MissingNote>
  )
}

type Note = Missing & { readonly className?: string; readonly children?: ReactNode }

/** The same in the place of a part of the page. */
export const MissingNote = ({ lack, isTrying, onRetry, className = '', children }: Note) => (
  <Alert
    color="yellow"
    icon={<IconAlertTriangle size={20} />}
    title={t('missingTitle')}
    role="alert"
    className={className}
  >
    <Text size="sm">{t(lack === 'away' ? 'missingAway' : 'missingStale')}</Text>
    <Group gap="xs" mt="xs">
      {lack === 'away' ? (
        <Button size="xs" loading={isTrying} onClick={onRetry}>
          {t('retry')}
        </Button>
      ) : (
        <Button size="xs" onClick={() => location.reload()}>
          {t('reload')}
        </Button>
      )}
      {children}
    </Group>
  </Alert>
)
