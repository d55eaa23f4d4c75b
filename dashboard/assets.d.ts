declare module '*.svg' {
  const url: string
  // biome-ignore lint/style/noDefaultExport: what the build makes of a picture
  export default url
}
declare module '*.css'
