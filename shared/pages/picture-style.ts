/** Pixels: a feed's row is its name over a strip of bars. */
export const pictureRow = { height: 46, stripTop: 22, stripHeight: 20 } as const;

/** How high a bar stands: the worse, the higher, as colour alone would tell some people nothing. A gap is hatched as well. */
const barHeights = { gap: 20, lost: 20, parked: 16, pending: 13, delivered: 10, empty: 2 } as const;

const { stripTop, stripHeight } = pictureRow;

const bars = Object.entries(barHeights)
  .map(([fate, height]) => `.picture .${fate} { y: ${stripTop + stripHeight - height}px; height: ${height}px; }`)
  .join('\n');

/** The completeness picture: bars told apart by height and colour, each at least 3:1 against its strip in both schemes. */
export const pictureStyle = `
.picture { margin: 1rem 0; }
.picture text { fill: currentColor; font-size: 0.85rem; }
.picture .day { font-size: 0.75rem; }
.picture line { stroke: light-dark(#8a8a8a, #777); stroke-dasharray: 1 3; }
.picture .strip { y: ${stripTop}px; height: ${stripHeight}px; fill: light-dark(#f0f0f0, #262626); }
${bars}
.picture .gap { fill: url(#hatch); stroke: currentColor; }
#hatch rect { fill: currentColor; }
.picture .lost { fill: light-dark(#b0003a, #ff7a90); }
.picture .parked { fill: light-dark(#a85600, #ffab40); }
.picture .pending { fill: light-dark(#0b66b0, #6db9f7); }
.picture .delivered { fill: light-dark(#1e7a54, #45c493); }
.picture .empty { fill: light-dark(#767676, #9a9a9a); }
.legend { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; margin: 0.25rem 0; padding: 0; max-width: none; list-style: none; }
.legend svg { vertical-align: text-bottom; margin-right: 0.3rem; }
`;
