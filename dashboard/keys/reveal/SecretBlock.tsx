import { Button, Group, Text } from '@mantine/core'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import { useEffect, useRef, useState } from 'react'
import { translator } from '../../texts.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = {
  readonly text: string
  readonly label: string
  /** However all of it was copied: by the button, or by hand out of the block. */
  readonly onCopied: () => void
  readonly isFirst?: boolean
}

/** A secret to take away: one click selects all of it, the button copies it and says so for two seconds (D44, D45). */
export function SecretBlock({ text, label, onCopied, isFirst = false }: Props) {
  const block = useRef<HTMLPreElement>(null)
  const [said, setSaid] = useState<'copied' | 'failed' | null>(null)
  useEffect(() => {
    if (said !== 'copied') return
    const timer = setTimeout(() => setSaid(null), 2000)
    return () => clearTimeout(timer)
  }, [said])
  const copy = async () => {
    const isCopied = await writeToClipboard(text, block.current)
    setSaid(isCopied ? 'copied' : 'failed')
    if (isCopied) onCopied()
  }
  return (
    <div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it is selected and copied by keyboard as well */}
      <section aria-label={label} tabIndex={0} onCopy={() => isSelected(text) && onCopied()}>
        <pre className="secret" translate="no" ref={block}>
          {text}
        </pre>
      </section>
      <Group gap="sm" mt="xs">
        <Button
          color={said === 'copied' ? 'green' : 'blue'}
          leftSection={said === 'copied' ? <IconCheck size={16} /> : <IconCopy size={16} />}
          onClick={() => void copy()}
          {...(isFirst ? { 'data-autofocus': true } : {})}
        >
          <span aria-live="polite">{said === 'copied' ? t('copied') : t('copy')}</span>
        </Button>
        {said === 'failed' && (
          <Text size="sm" role="alert">
            {t('copyFailed')}
          </Text>
        )}
      </Group>
    </div>
  )
}

/** A part of a secret opens nothing: whoever took one by mistake is still asked before the rest is gone. */
export const isSelected = (text: string): boolean => getSelection()?.toString().includes(text) ?? false

/** Pages over plain http have no clipboard to write to: there the block is selected and the old command tried. */
async function writeToClipboard(text: string, block: HTMLElement | null): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    if (block) getSelection()?.selectAllChildren(block)
    return document.execCommand('copy')
  }
}
