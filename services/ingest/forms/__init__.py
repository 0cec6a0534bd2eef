"""What a source is written in: tables of text and Parquet, and the data sets they make up."""
