/** The one style sheet of all pages, inlined and named by its hash in the content security policy. */
export const style = `
:root { color-scheme: light dark; }
body { margin: 0; font: 1rem/1.6 system-ui, sans-serif; }
main { max-width: 40rem; margin: 3rem auto; padding: 0 1.25rem; overflow-wrap: break-word; }
h1 { font-size: 1.5rem; line-height: 1.25; }
button { font: inherit; padding: 0.6rem 1.2rem; border: 0; border-radius: 0.4rem; background: #0b5cad; color: #fff; cursor: pointer; }
button:focus-visible, a:focus-visible { outline: 3px solid #f2a900; outline-offset: 2px; }
a { color: light-dark(#0b5cad, #8cc4ff); }
dt { font-weight: 600; margin-top: 0.8rem; }
dd { margin: 0; }
footer { margin-top: 2.5rem; font-size: 0.9rem; }
`;
