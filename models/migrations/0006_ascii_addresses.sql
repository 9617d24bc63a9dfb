-- E-mail addresses have ASCII characters alone: other letters have cases that not every database folds alike, and an address
-- is one whatever its case. AutoMigrate knows constraints by their names and leaves those that are there as they are.
alter table users drop constraint users_email_form,
	add constraint users_email_form check (email ~ '^[^@[:space:]]+@[^@[:space:]]+$' and octet_length(email) = char_length(email));
