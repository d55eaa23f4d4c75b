import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { Refusal } from '../api.ts'
import { translator } from '../texts.ts'
import { ProblemNote } from './ProblemNote.tsx'
import { texts } from './texts.data.ts'
import { useHeld } from './useHeld.ts'

const t = translator(texts)

type Props = {
  readonly title: ReactNode
  readonly onClose: () => void
  readonly size?: 'sm' | 'md' | 'lg' | 'xl'
  /** Esc and a click beside it do not close it, and there is no cross. */
  readonly isHeld?: boolean
  /** The same for as long as a call runs, and nothing leads away from the page: its answer may hold what no other holds. */
  readonly isBusy?: boolean
  readonly children: ReactNode
}

/** A dialog as pages show it; render it while it is open. */
export function Dialog({ title, onClose, size = 'md', isHeld = false, isBusy = false, children }: Props) {
  useHeld(isBusy)
  return (
    <Modal.Root
      opened
      onClose={onClose}
      size={size}
      closeOnEscape={!isHeld && !isBusy}
      closeOnClickOutside={false}
      centered={false}
      yOffset="6vh"
    >
      <Modal.Overlay />
      <Modal.Content className="dialog">
        {/* The library's own header is a <header>, which counts as a second banner of the page. */}
        <div className="dialog-head">
          <Modal.Title fz="lg" fw={650} component="h2">
            {title}
          </Modal.Title>
          {!isHeld && <Modal.CloseButton aria-label={t('close')} disabled={isBusy} />}
        </div>
        <Modal.Body>{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  )
}

type Form = Omit<Props, 'isHeld' | 'isBusy'> & {
  readonly submit: string
  readonly onSubmit: () => void
  readonly isRunning: boolean
  readonly refusal: Refusal | null
  readonly isDangerous?: boolean
  readonly isReady?: boolean
}

export function FormDialog({
  submit,
  onSubmit,
  isRunning,
  refusal,
  isDangerous,
  isReady = true,
  children,
  ...dialog
}: Form) {
  const send = (event: FormEvent) => {
    event.preventDefault()
    // A form in a dialog of a form is inside it for React, wherever it stands on the page.
    event.stopPropagation()
    if (!isRunning && isReady) onSubmit()
  }
  return (
    <Dialog {...dialog} isBusy={isRunning}>
      <form onSubmit={send} noValidate>
        <Stack gap="md">
          {children}
          <ProblemNote refusal={refusal} />
          <Group justify="flex-end" gap="xs" className="dialog-foot">
            <Button variant="default" onClick={dialog.onClose} disabled={isRunning}>
              {t('cancel')}
            </Button>
            <Button type="submit" loading={isRunning} disabled={!isReady} color={isDangerous ? 'red' : 'blue'}>
              {submit}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}

type Confirm = Omit<Form, 'children' | 'isReady'> & {
  readonly text: ReactNode
  /** Has to be typed before it can be confirmed: for what touches many things at once. */
  readonly typed?: string
  readonly children?: ReactNode
}

export function ConfirmDialog({ text, typed, children, ...form }: Confirm) {
  const [word, setWord] = useState('')
  return (
    <FormDialog {...form} isReady={typed === undefined || word.trim() === typed}>
      <Text component="div">{text}</Text>
      {children}
      {typed !== undefined && (
        <TextInput
          label={t('typeToConfirm', { word: typed })}
          value={word}
          onChange={(event) => setWord(event.currentTarget.value)}
          autoComplete="off"
          data-autofocus
        />
      )}
    </FormDialog>
  )
}
