/**
 * Variables whose name says that the value is a secret. By name, not by value: `MODE=all` is a variable too, and taking
 * `all` out of every answer would break the server.
 */
export const secretName =
  /(^|_)(KEY|TOKEN|SECRET|PASS|PASSWORD|PASSWD|PWD|CREDENTIAL|AUTH|PAT|COOKIE)S?(_|$)|(KEY|TOKEN|SECRET|PASSWORD)$/i
