import { Select } from '@mantine/core'
import { translator } from '../texts.ts'
import { useNames } from '../ui/useNames.ts'
import { useUrl } from '../ui/useUrl.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

/**
 * One project, or all: a filter in the address (`?project=`), which the navigation carries from screen to screen; those
 * that list what belongs to projects follow it.
 */
export function ProjectSwitch() {
  const [{ project = '' }, set] = useUrl()
  const { options } = useNames('/projects')
  if (options.length < 2) return null
  const data = [{ value: '', label: t('allProjects') }, ...options]
  return (
    <Select
      aria-label={t('project')}
      size="sm"
      mb="xs"
      allowDeselect={false}
      data={data}
      value={project}
      onChange={(id) => set({ project: id ?? '' })}
      renderOption={({ option }) => (option.value === '' ? option.label : <span translate="no">{option.label}</span>)}
      {...(project === '' ? {} : { translate: 'no' as const })}
    />
  )
}
