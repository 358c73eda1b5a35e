/** Dates and sizes as a Chinese messenger writes them. */

const two = (number) => String(number).padStart(2, '0');
const DAYS = ['日', '一', '二', '三', '四', '五', '六'];

export function clock(seconds) {
  const date = new Date(seconds * 1000);
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** A key that two moments of one local day share. */
export function dayKey(seconds) {
  return new Date(seconds * 1000).toDateString();
}

// Noon, because a day with a clock change has 23 or 25 hours.
function daysAgo(date) {
  const noon = (day) => new Date(day.getFullYear(), day.getMonth(), day.getDate(), 12);
  return Math.round((noon(new Date()) - noon(date)) / 86400000);
}

export function dayName(seconds) {
  const date = new Date(seconds * 1000);
  const ago = daysAgo(date);
  if (ago === 0) return '今天';
  if (ago === 1) return '昨天';
  const day = `${date.getMonth() + 1}月${date.getDate()}日`;
  return date.getFullYear() === new Date().getFullYear() ? day : `${date.getFullYear()}年${day}`;
}

/** Short form for the chat list: a time today, a weekday this week, else a date. */
export function listTime(seconds) {
  const date = new Date(seconds * 1000);
  const ago = daysAgo(date);
  if (ago <= 0) return clock(seconds);
  if (ago < 7) return `周${DAYS[date.getDay()]}`;
  const day = `${date.getMonth() + 1}/${date.getDate()}`;
  return date.getFullYear() === new Date().getFullYear() ? day : `${date.getFullYear()}/${day}`;
}

export function fileSize(bytes) {
  if (!Number.isFinite(bytes)) return '';
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(bytes < 10240 ? 1 : 0)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
