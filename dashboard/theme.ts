import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core'
import { translator } from './texts.ts'
import { texts } from './ui/texts.data.ts'

const t = translator(texts)

const blue: MantineColorsTuple = [
  '#eaf5fc',
  '#d5e8f5',
  '#a8d1ec',
  '#7cc4f2',
  '#52a7dc',
  '#2f8dc7',
  '#1a76b1',
  '#0b5c8f',
  '#094c77',
  '#063b5d',
]
/** Greys with a trace of the same blue. */
const dark: MantineColorsTuple = [
  '#e8edf2',
  '#c3ccd5',
  '#a3aeb9',
  '#85919d',
  '#4a5662',
  '#36424e',
  '#26313b',
  '#182029',
  '#12181f',
  '#0b1015',
]

export const theme = createTheme({
  colors: { blue, dark },
  primaryColor: 'blue',
  primaryShade: 7,
  autoContrast: true,
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, monospace',
  headings: { fontWeight: '650' },
  components: {
    // Else darker schemes would paint it lighter than every other box.
    Card: { defaultProps: { bg: 'var(--mantine-color-body)' } },
    // The filled blue is too near to the ground of the bar in the dark.
    Progress: { defaultProps: { color: 'var(--mantine-color-anchor)' } },
    Badge: { defaultProps: { variant: 'light', radius: 'sm', tt: 'none', fw: 550 } },
    Tooltip: {
      defaultProps: { openDelay: 250, multiline: true, maw: 360, events: { hover: true, focus: true, touch: true } },
    },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray' } },
    // An element with a tabindex and no role may not stand in a menu, nor a menu outside of every landmark.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false, portalProps: { target: '#content' } } },
    Notification: { defaultProps: { closeButtonProps: { 'aria-label': t('close') } } },
    PasswordInput: { defaultProps: { visibilityToggleButtonProps: { 'aria-label': t('showPassword') } } },
    Anchor: { defaultProps: { underline: 'hover' } },
    Select: { defaultProps: { comboboxProps: { shadow: 'md' }, checkIconPosition: 'right' } },
    MultiSelect: { defaultProps: { comboboxProps: { shadow: 'md' } } },
  },
})

/** WCAG AA asks 4.5:1 of text; the library's own dimmed text and light badges have less. */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#55616d',
    '--mantine-color-placeholder': '#66727e',
    '--mantine-color-error': '#b42318',
    '--mantine-color-anchor': '#0b5c8f',
    '--mantine-color-gray-light-color': '#3d4852',
    '--mantine-color-green-light-color': '#1c5c2b',
    '--mantine-color-teal-light-color': '#0a5a48',
    '--mantine-color-yellow-light-color': '#6b4300',
    '--mantine-color-orange-light-color': '#8a3303',
    '--mantine-color-red-light-color': '#a01717',
    '--mantine-color-red-outline': '#b42318',
    '--mantine-color-red-6': '#b42318',
    '--mantine-color-red-filled': '#c92a2a',
    '--mantine-color-red-filled-hover': '#b02525',
    '--mantine-color-blue-light-color': '#0b4f7b',
    '--mantine-color-violet-light-color': '#5a2fae',
  },
  dark: {
    '--mantine-color-body': '#12181f',
    '--mantine-color-text': '#dfe6ec',
    '--mantine-color-default': '#182029',
    '--mantine-color-default-border': '#36424e',
    '--mantine-color-dimmed': '#a3aeb9',
    '--mantine-color-placeholder': '#8e9aa6',
    '--mantine-color-error': '#ff9b94',
    '--mantine-color-anchor': '#7cc4f2',
    '--mantine-color-blue-text': '#7cc4f2',
    '--mantine-color-blue-outline': '#7cc4f2',
    '--mantine-color-red-outline': '#ff9b94',
    '--mantine-color-red-6': '#ff9b94',
    '--mantine-color-red-filled': '#c92a2a',
    '--mantine-color-red-filled-hover': '#b02525',
    // Lighter than the page: the library's own are darker, and a chosen row looks like a hole.
    '--mantine-color-blue-light': '#173247',
    '--mantine-color-blue-light-hover': '#1d3e58',
    '--mantine-color-gray-light': '#26313b',
    '--mantine-color-gray-light-hover': '#313e4a',
    '--mantine-color-yellow-light': '#403210',
    '--mantine-color-yellow-light-hover': '#4d3c14',
    '--mantine-color-gray-light-color': '#c3ccd5',
    '--mantine-color-green-light-color': '#9be3ae',
    '--mantine-color-teal-light-color': '#86e2cd',
    '--mantine-color-yellow-light-color': '#ffd98a',
    '--mantine-color-orange-light-color': '#ffc49a',
    '--mantine-color-red-light-color': '#ffb3ae',
    '--mantine-color-blue-light-color': '#a8d8f7',
    '--mantine-color-violet-light-color': '#d0bfff',
  },
})
