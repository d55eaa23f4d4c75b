import { Badge, Button } from '@mantine/core'
import { IconFilter } from '@tabler/icons-react'
import { translator } from '../../texts.ts'
import { useUrl } from '../../ui/useUrl.ts'
import { filterOf } from './filters.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)
/** Those that have no field of their own in the row. */
const further = ['owner', 'project', 'server', 'app', 'tag', 'expiring', 'unused'] as const

/** Opens the fields below the row; a panel of the page, so that lists in it open as everywhere. */
export function FiltersButton({ isOpen, onToggle }: { readonly isOpen: boolean; readonly onToggle: () => void }) {
  const [url] = useUrl()
  const filter = filterOf(url)
  const n = further.filter((name) => filter[name] !== undefined).length
  return (
    <Button
      variant={isOpen ? 'light' : 'default'}
      leftSection={<IconFilter size={16} />}
      rightSection={
        n > 0 ? (
          <Badge size="sm" translate="no">
            {n}
          </Badge>
        ) : null
      }
      aria-label={n > 0 ? t('filtersSet', { n }) : t('filters')}
      aria-expanded={isOpen}
      onClick={onToggle}
    >
      {t('filters')}
    </Button>
  )
}
