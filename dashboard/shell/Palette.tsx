import { useDebouncedValue } from '@mantine/hooks'
import { Spotlight, spotlight } from '@mantine/spotlight'
import { IconSearch } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { type KeyboardEvent, useEffect, useState } from 'react'
import type { KeyView } from '../../src/keys/schema.ts'
import { useMay, useSession } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { useList } from '../ui/useCalls.ts'
import { withoutSecrets } from '../ui/withoutSecrets.ts'
import { isGroup, isOffered, screens } from './Navigation.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

const wordsOf = (text: string): string[] => text.toLowerCase().split(/\s+/).filter(Boolean)

/** The library marks the first one when the text changes, and loses the mark where the list is drawn anew after that. */
function takeFirst({ key, currentTarget, nativeEvent }: KeyboardEvent<HTMLInputElement>): void {
  if (key !== 'Enter' || nativeEvent.isComposing) return
  const palette = currentTarget.closest('[role="dialog"]')
  if (!palette?.querySelector('[data-selected]')) palette?.querySelector<HTMLElement>('[data-action]')?.click()
}

/** Every screen by its name and other words for it, and keys by name or preview. Opens with each higher `opened`. */
export function Palette({ opened }: { readonly opened: number }) {
  const [text, setText] = useState('')
  const [asked] = useDebouncedValue(text.trim(), 150)
  const { me } = useSession()
  const go = useNavigate()
  useEffect(() => {
    if (opened > 0) spotlight.open()
  }, [opened])
  const fits = (said: string) => wordsOf(text).every((word) => said.toLowerCase().includes(word))
  const found = screens
    .filter((screen) => !screen.path.includes('$') && isOffered(screen, me))
    .filter(({ title, words, group }) => fits(`${t(title)} ${words ?? ''} ${isGroup(group) ? t(group) : ''}`))
  return (
    <Spotlight.Root
      query={text}
      onQueryChange={(typed) => setText(withoutSecrets(typed))}
      shortcut={null}
      scrollable
      maxHeight={420}
      // Blurring what is behind costs a fifth of a second a frame where no GPU draws.
      overlayProps={{ blur: 0 }}
      title={<span className="unseen">{t('palette')}</span>}
      // The library's own header is a <header>, which counts as a second banner of the page.
      attributes={{ header: { role: 'presentation' } }}
    >
      <Spotlight.Search
        placeholder={t('palette')}
        aria-label={t('palette')}
        leftSection={<IconSearch size={18} />}
        onKeyDown={takeFirst}
      />
      <Spotlight.ActionsList>
        {found.length > 0 && (
          <Spotlight.ActionsGroup label={t('paletteScreens')}>
            {found.map(({ id, path, title }) => (
              <Spotlight.Action key={id} label={t(title)} description={path} onClick={() => void go({ to: path })} />
            ))}
          </Spotlight.ActionsGroup>
        )}
        {asked.length > 1 && <FoundKeys asked={asked} />}
        {found.length === 0 && <Spotlight.Empty>{t('paletteNothing')}</Spotlight.Empty>}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  )
}

function FoundKeys({ asked }: { readonly asked: string }) {
  const may = useMay()
  const go = useNavigate()
  const { items } = useList<KeyView>('/keys', { search: asked, limit: 5 })
  if (may('keys:read') === 'none' || items.length === 0) return null
  return (
    <Spotlight.ActionsGroup label={t('paletteKeys')}>
      {items.map(({ id, name, preview }) => (
        <Spotlight.Action
          key={id}
          label={name}
          description={preview}
          translate="no"
          onClick={() => void go({ to: '/configuration/api-keys', search: { key: id } as never })}
        />
      ))}
    </Spotlight.ActionsGroup>
  )
}
