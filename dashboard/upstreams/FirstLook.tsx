import { Button, Group, Loader, Stack, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useEffect, useRef } from 'react'
import { translator } from '../texts.ts'
import { ProblemNote } from '../ui/ProblemNote.tsx'
import type { useChange } from '../ui/useChange.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = {
  readonly look: Pick<ReturnType<typeof useChange<undefined, unknown>>, 'change' | 'isRunning' | 'refusal'>
  readonly words: { readonly looking: string; readonly again: string; readonly open: string }
  /** Of its page. */
  readonly path: string
  readonly onAgain: () => void
  /** What was seen. */
  readonly children: ReactNode
}

/** Right after it was saved it is looked at, by itself. */
export function FirstLook({ look: { change, isRunning, refusal }, words, path, onAgain, children }: Props) {
  const hasBegun = useRef(false)
  useEffect(() => {
    if (hasBegun.current) return
    hasBegun.current = true
    void change(undefined)
  })
  return (
    <Stack gap="md">
      {isRunning ? (
        <Group gap="xs" role="status">
          <Loader size="sm" />
          <Text size="sm">{words.looking}</Text>
        </Group>
      ) : (
        children
      )}
      <ProblemNote refusal={refusal} />
      <Group justify="flex-end" gap="xs" className="dialog-foot">
        <Button variant="default" onClick={onAgain}>
          {t('addAnother')}
        </Button>
        <Button variant="default" loading={isRunning} onClick={() => void change(undefined)}>
          {words.again}
        </Button>
        <Button component={Link} to={path}>
          {words.open}
        </Button>
      </Group>
    </Stack>
  )
}
