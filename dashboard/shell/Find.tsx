import { Button, Kbd } from '@mantine/core'
import { useHotkeys } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { useState } from 'react'
import { translator } from '../texts.ts'
import { later } from '../ui/later.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)
const Palette = later(() => import('./Palette.tsx').then((m) => m.Palette))

/** Ctrl-K, `/` outside of fields, or the button; the palette itself is fetched when somebody first wants it. */
export function Find() {
  const [opened, setOpened] = useState(0)
  const open = () => setOpened((times) => times + 1)
  useHotkeys([['mod+K', open]], [])
  useHotkeys([['/', open]])
  return (
    <>
      <Button
        variant="default"
        className="find"
        leftSection={<IconSearch size={16} />}
        rightSection={
          <Kbd visibleFrom="sm" translate="no" size="xs">
            Ctrl K
          </Kbd>
        }
        onClick={open}
      >
        {t('paletteShort')}
      </Button>
      {opened > 0 && <Palette opened={opened} onClose={() => setOpened(0)} />}
    </>
  )
}
