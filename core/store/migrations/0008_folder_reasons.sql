-- Why a folder is not synced, as the API shows it: {"kind","message","hint"}; null: it is.
ALTER TABLE collections ADD COLUMN reason json;
