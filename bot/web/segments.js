// How many SMS a text takes: 160 characters of the GSM alphabet, 153 each when there are several;
// 70 and 67 as soon as one character is outside of it.

const BASIC = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡" +
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
const EXTENDED = new Set("\f^{}\\[~]|€");

/** Return the number of SMS that `text` takes. */
export function segments(text) {
  const characters = [...text];
  const plain = characters.every((c) => BASIC.has(c) || EXTENDED.has(c));
  const sizes = characters.map((c) => (plain ? (EXTENDED.has(c) ? 2 : 1) : c.length));
  const [single, several] = plain ? [160, 153] : [70, 67];
  if (sizes.reduce((sum, size) => sum + size, 0) <= single) return 1;
  let count = 1;
  let used = 0;
  for (const size of sizes) {
    if (used + size > several) {
      count += 1;
      used = 0;
    }
    used += size;
  }
  return count;
}
